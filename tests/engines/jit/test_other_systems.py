"""Machine code for Windows and macOS on x86-64, played on Linux: code and format, no system calls.

Objects of the same processor can be linked here. What Windows calls in another way is bridged.
"""

import subprocess
import sys

import pytest

from simdeploy.engines import batch
from simdeploy.engines.jit.targets import this_platform

pytestmark = pytest.mark.skipif(
    not batch.is_compiling() or this_platform() != "linux-x86_64",
    reason="needs Linux on x86-64, and machine code",
)

#: Plays the known run by the object of the platform that its argument names.
PROGRAM = """
import ctypes, sys
import llvmlite.binding as llvm
from simdeploy.engines.jit import native
from simdeploy.engines.jit.known_run import expected_row, row_of
from simdeploy.engines.jit.objects import object_for, optimized_loop
from simdeploy.engines.jit.targets import TARGETS

WINDOWS = '''
declare win64cc i64 @simdeploy_run_range(ptr, ptr, i64, i64, i64, i64, ptr, i64)
define i64 @bridge(ptr %m, ptr %s, i64 %a, i64 %b, i64 %c, i64 %d, ptr %o, i64 %n) {
  %r = call win64cc i64 @simdeploy_run_range(
      ptr %m, ptr %s, i64 %a, i64 %b, i64 %c, i64 %d, ptr %o, i64 %n)
  ret i64 %r
}
define win64cc ptr @memset(ptr %p, i32 %v, i64 %n) "no-builtins" {
entry:
  %b = trunc i32 %v to i8
  %none = icmp eq i64 %n, 0
  br i1 %none, label %done, label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %loop]
  %q = getelementptr i8, ptr %p, i64 %i
  store volatile i8 %b, ptr %q
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %loop, label %done
done:
  ret ptr %p
}
define win64cc ptr @memcpy(ptr %p, ptr %from, i64 %n) "no-builtins" {
entry:
  %none = icmp eq i64 %n, 0
  br i1 %none, label %done, label %loop
loop:
  %i = phi i64 [0, %entry], [%j, %loop]
  %q = getelementptr i8, ptr %p, i64 %i
  %r = getelementptr i8, ptr %from, i64 %i
  %b = load volatile i8, ptr %r
  store volatile i8 %b, ptr %q
  %j = add i64 %i, 1
  %more = icmp ult i64 %j, %n
  br i1 %more, label %loop, label %done
done:
  ret ptr %p
}
'''

name = sys.argv[1]
is_mac = name == "macos-x86_64"
llvm.initialize_all_targets()
llvm.initialize_all_asmprinters()
if is_mac:
    clear = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t)(native.clear)
    for symbol in ("__bzero", "___bzero"):
        llvm.add_symbol(symbol, ctypes.cast(clear, ctypes.c_void_p).value)
    copy = ctypes.cast(ctypes.memmove, ctypes.c_void_p).value
    for symbol in ("memcpy", "_memcpy"):
        llvm.add_symbol(symbol, copy)
triple = TARGETS[name].triple if is_mac else llvm.get_process_triple()
module = llvm.parse_assembly("" if is_mac else WINDOWS)
module.triple = triple
machine = llvm.Target.from_triple(triple).create_target_machine()
engine = llvm.create_mcjit_compiler(module, machine, use_lmm=True)
engine.add_object_file(llvm.ObjectFileRef.from_data(object_for(name, optimized_loop())))
engine.finalize_object()
address = engine.get_function_address(native.ENTRY if is_mac else "bridge")
loop = native.Loop.__new__(native.Loop)
loop._call = ctypes.CFUNCTYPE(ctypes.c_int64, *native.ARGUMENTS)(address)
print(row_of(loop.run_range) == expected_row())
"""


@pytest.mark.parametrize("name", ["windows-x86_64", "macos-x86_64"])
def test_the_known_run_by_code_of_another_system(name):
    """Both give the row of plain Python, to the last bit."""
    command = [sys.executable, "-c", PROGRAM, name]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
