"""Texts of modules: merged, each thing once, numbered anew."""

import pytest

pytest.importorskip("numba")

import llvmlite.binding as llvm

from simdeploy.engines.jit.module_text import ModuleText

#: As llvmlite's ``ir`` writes a module, and as LLVM prints one.
WRITTEN = """
target triple = "x86_64-unknown-linux-gnu"
@"limit" = constant i64 7
declare i64 @"twice"(i64 %"arg.x")
define i64 @"f"(i64* %"place")
{
entry:
  %".1" = load i64, i64* %"place", !range !0
  %".2" = call i64 @"twice"(i64 %".1")
  ret i64 %".2"
}
!0 = !{ i64 0, i64 9 }
"""
PRINTED = """
@limit = constant i64 7

; Function Attrs: cold
define linkonce_odr i64 @twice(i64 %x) #0 {
  %y = load i64, ptr @limit, !range !0
  %z = mul i64 %x, %y
  ret i64 %z
}

attributes #0 = { cold }
!0 = !{i64 2, i64 3}
"""


def test_a_merged_module_is_one_that_llvm_reads():
    """Attributes and metadata of both are kept apart, and each value is there once."""
    whole = ModuleText([WRITTEN, PRINTED, WRITTEN])
    module = llvm.parse_assembly(str(whole))
    printed = str(module)
    assert [f.name for f in module.functions if not f.is_declaration] == ["f", "twice"]
    assert "!{i64 0, i64 9}" in printed
    assert "!{i64 2, i64 3}" in printed
    assert "cold" in printed


def test_what_a_module_misses():
    """A function is missed as long as it is only declared."""
    whole = ModuleText([WRITTEN])
    assert whole.missing() == ["twice"]
    whole.add(PRINTED)
    assert whole.missing() == []
    assert "declare" not in str(whole)


def test_what_is_there_first_stays():
    """A second function of a name is left out."""
    whole = ModuleText(["define i64 @f() {\n  ret i64 1\n}", "define i64 @f() {\n  ret i64 2\n}"])
    assert "ret i64 1" in str(whole)
    assert "ret i64 2" not in str(whole)
