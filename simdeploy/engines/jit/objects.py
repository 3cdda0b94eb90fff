"""Makes machine code of the batch engine's loop: object files that need no numba to be played.

``python -m simdeploy.engines.jit.objects FOLDER`` makes one for each platform of `targets`, and
writes `bundles` of them; ``--here`` writes a file for this one only. `native` loads them. numba
lowers each function to an LLVM module (`functions`); all of them make one, which is optimized once.
What is left is 64-bit arithmetic on records, so that one machine writes the files of all. ``BUILT``
beside them says what they were made from.
"""

import argparse
import hashlib
import importlib
import json
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from simdeploy.engines.jit.bundles import pack
from simdeploy.engines.jit.caching import cache_folder, write
from simdeploy.engines.jit.fingerprint import fingerprint, record_sizes, sources_digest
from simdeploy.engines.jit.functions import LOOP_FUNCTION, function_texts
from simdeploy.engines.jit.known_run import expected_row
from simdeploy.engines.jit.module_text import ModuleText
from simdeploy.engines.jit.native import BUILT, ENTRY
from simdeploy.engines.jit.source_rewriting import ROOT
from simdeploy.engines.jit.targets import TARGETS, this_platform
from simdeploy.errors import SimdeployError
from simdeploy.model.fields.run import RESULT

#: From C's convention to numba's: a status, the result and an exception by reference, and the
#: results' array as seven words.
WRAPPER = """
define i64 @ENTRY(ptr %m, ptr %s, i64 %seed, i64 %lo, i64 %hi, i64 %variant, ptr %out, i64 %n) {
  %result = alloca i64
  %raised = alloca ptr
  %status = call i32 @LOOP(ptr %result, ptr %raised, ptr %m, ptr %s, i64 %seed, i64 %lo, i64 %hi,
      i64 %variant, ptr null, ptr null, i64 %n, i64 SIZE, ptr %out, i64 %n, i64 SIZE)
  %good = icmp eq i32 %status, 0
  %done = load i64, ptr %result
  %told = select i1 %good, i64 %done, i64 -1
  ret i64 %told
}
"""

#: Functions that numba takes from itself or from the C library. All of them are exact.
HELPERS = {
    "floor": """
declare double @llvm.floor.f64(double)
define internal double @floor(double %x) alwaysinline {
  %y = call double @llvm.floor.f64(double %x)
  ret double %y
}
""",
    "sqrt": """
declare double @llvm.sqrt.f64(double)
define internal double @sqrt(double %x) alwaysinline {
  %y = call double @llvm.sqrt.f64(double %x)
  ret double %y
}
""",
    # Exponent and fraction by their bits; a subnormal number is made normal first, by 2**54.
    "numba_frexp": """
define internal double @numba_frexp(double %x, ptr %exponent) {
  %bits = bitcast double %x to i64
  %size = and i64 %bits, 9223372036854775807
  %subnormal = icmp ult i64 %size, 4503599627370496
  %enlarged = fmul double %x, 0x4350000000000000
  %y = select i1 %subnormal, double %enlarged, double %x
  %bias = select i1 %subnormal, i32 -1076, i32 -1022
  %word = bitcast double %y to i64
  %high = lshr i64 %word, 52
  %field = and i64 %high, 2047
  %short = trunc i64 %field to i32
  %e = add i32 %short, %bias
  %cleared = and i64 %word, -9218868437227405313
  %half = or i64 %cleared, 4602678819172646912
  %fraction = bitcast i64 %half to double
  %zero = icmp eq i64 %size, 0
  %endless = icmp uge i64 %size, 9218868437227405312
  %whole = or i1 %zero, %endless
  %k = select i1 %whole, i32 0, i32 %e
  %f = select i1 %whole, double %x, double %fraction
  store i32 %k, ptr %exponent
  ret double %f
}
""",
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Write objects into a folder."""
    parser = argparse.ArgumentParser(prog="python -m simdeploy.engines.jit.objects")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--here", action="store_true", help="for this platform only")
    given = parser.parse_args(arguments)
    names = [this_platform()] if given.here else list(TARGETS)
    given.folder.mkdir(parents=True, exist_ok=True)
    build(given.folder, names)
    if not given.here:
        keep_for_checkout(given.folder)
        pack([given.folder / f"{name}.o" for name in names])


def keep_for_checkout(folder: Path) -> None:
    """Copy this platform's object to where a checkout looks for it, so that it compiles nothing."""
    kept, name = cache_folder(fingerprint()), f"{this_platform()}.o"
    if (folder / name).is_file() and not (kept / BUILT).is_file():
        write(kept / name, (folder / name).read_bytes())
        write(kept / BUILT, (folder / BUILT).read_bytes())


def build(folder: Path, names: Sequence[str]) -> None:
    """Write the objects of platforms, by name, and then what they were made from.

    Raises
    ------
    SimdeployError
        For a platform that has no row in `targets.TARGETS`.
    """
    unknown = [name for name in names if name not in TARGETS]
    if unknown:
        raise SimdeployError(f"no object for {unknown[0]}; known: {', '.join(TARGETS)}")
    optimized = optimized_loop()
    hashes = {}
    for name in names:
        content = object_for(name, optimized)
        hashes[f"{name}.o"] = hashlib.sha256(content).hexdigest()
        write(folder / f"{name}.o", content)
    write(folder / BUILT, json.dumps(provenance() | {"objects": hashes}, indent=1) + "\n")


def provenance() -> dict[str, Any]:
    """Return what objects are made from, and the row that the known run gives as plain Python."""
    versions = {name: version(name) for name in ("numba", "llvmlite")}
    return {
        "fingerprint": fingerprint(),
        "sources": sources_digest(),
        "records": record_sizes(),
        "known_row": expected_row().hex(),
        "python": platform.python_version(),
        **versions,
    }


def optimized_loop() -> bytes:
    """Return the loop as optimized bitcode; kept, as it takes long to make."""
    llvm = importlib.import_module("llvmlite.binding")
    kept = cache_folder(fingerprint()) / f"loop-{version('llvmlite')}.bc"
    if not kept.is_file():
        module = llvm.parse_assembly(loop_text())
        module.verify()
        seal(module)
        optimize(module)
        write(kept, module.as_bitcode())
    return kept.read_bytes()


def loop_text() -> str:
    """Return the text of a module that holds `ENTRY` and all that it calls.

    Raises
    ------
    SimdeployError
        Where a function cannot be compiled, or calls one that is not in `HELPERS`.
    """
    texts = function_texts()
    loop = LOOP_FUNCTION.removeprefix(f"{ROOT}.")
    whole = ModuleText([texts[loop]])
    while found := [name for name in whole.missing() if name in texts]:
        for name in found:
            whole.add(texts[name])
    return complete(whole, loop)


def complete(whole: ModuleText, loop: str) -> str:
    """Return the text of a module with `HELPERS` and `ENTRY`, which calls the function ``loop``.

    Raises
    ------
    SimdeployError
        Where the module misses other functions.
    """
    called = [name for name in whole.missing() if not name.startswith("llvm.")]
    unknown = [name for name in called if name not in HELPERS]
    if unknown:
        raise SimdeployError(f"the compiled loop calls {', '.join(unknown)}: not in HELPERS")
    for name in called:
        whole.add(HELPERS[name])
    text = "\n".join(unaliased(line) for line in str(whole).splitlines())
    # Numba's globals, one per function, which would hold addresses.
    text = re.sub(r"^(@\S+ = )common global", r"\1internal global", text, flags=re.MULTILINE)
    wrapper = WRAPPER.replace("ENTRY", ENTRY).replace("@LOOP", f'@"{loop}"')
    return text + wrapper.replace("SIZE", str(RESULT.dtype.itemsize))


def unaliased(line: str) -> str:
    """Return a line of LLVM's text; a function's says that none writes its ``m`` and ``s``.

    Nothing writes the scenario record, nor the addresses of which the state of a run consists, so
    that both need not be loaded again after every store.

    >>> unaliased('define i32 @"f"(i8* %"retptr", i8* %"arg.m", double %"arg.s")')
    'define i32 @"f"(i8* %"retptr", i8* noalias readonly %"arg.m", double %"arg.s")'
    """
    if not line.startswith("define"):
        return line
    return re.sub(r'(\*|ptr) (%"?arg\.[ms]"?)(?=[,)])', r"\1 noalias readonly \2", line)


def seal(module: Any) -> None:
    """Hide everything but `ENTRY`, so that the optimizer may do with it what it likes."""
    for value in (*module.functions, *module.global_variables):
        if not value.is_declaration and value.name != ENTRY:
            value.linkage = "internal"


def optimize(module: Any) -> None:
    """Optimize a module, for x86-64-v2: vectors of two numbers, as every platform has them."""
    llvm = importlib.import_module("llvmlite.binding")
    target = machine("linux-x86_64")
    module.triple, module.data_layout = TARGETS["linux-x86_64"].triple, str(target.target_data)
    options = llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.loop_unrolling = True
    options.slp_vectorization = False
    passes = llvm.create_pass_builder(target, options)
    passes.getModulePassManager().run(module, passes)


def machine(name: str) -> Any:
    """Return LLVM's machine of a platform."""
    llvm = importlib.import_module("llvmlite.binding")
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    target = TARGETS[name]
    return llvm.Target.from_triple(target.triple).create_target_machine(
        cpu=target.processor, opt=3, reloc="pic", codemodel="default"
    )


def object_for(name: str, optimized: bytes) -> bytes:
    """Return the object file of a platform."""
    llvm = importlib.import_module("llvmlite.binding")
    module, target = llvm.parse_bitcode(optimized), machine(name)
    module.triple, module.data_layout = TARGETS[name].triple, str(target.target_data)
    result: bytes = target.emit_object(module)
    return result


if __name__ == "__main__":
    main()
