"""This process's compiler: kernels as machine code, each compiled once for all programs."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from typing import Any, TypeVar

import llvmlite.binding as llvm
from chalkgrad.engine.programs.llvm.kernels import INDEXES, KERNEL, POINTER, Frame, Kernel, TileShape, name
from chalkgrad.engine.programs.llvm.vectors import I64, Loop
from llvmlite import ir


def assembly(functions: Mapping[tuple[Kernel, TileShape], str]) -> Any:
    """Returns an LLVM module with these kernels, under these names."""
    module = ir.Module("chalkgrad")
    module.triple = llvm.get_process_triple()
    for (kernel, shape), title in functions.items():
        frame = Frame(ir.Function(module, KERNEL, title), shape)
        kernel.write(frame)
        frame.b.ret_void()
    return module


class Compiler:
    """LLVM for the processor that this process runs on, and the kernels compiled so far.

    Attributes:
        shape: how large a tile, and how many neurons at once, suit the processor
        addresses: the kernels compiled so far; they stay, as do their rules, because MCJIT does not free single functions
        count: how many there are
    """

    def __init__(self) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        features = llvm.get_host_cpu_features()
        target = llvm.Target.from_triple(llvm.get_process_triple())
        self.target = target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=2, jit=True)
        self.engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), self.target)
        # As many vectors in flight as there are registers for: with AVX-512, 24 sums, 4 inputs and a weight out of 32.
        wide, medium = (features.get(feature, False) for feature in ("avx512f", "avx"))
        self.shape = TileShape(8, 4, 6) if wide else TileShape(4 if medium else 2, 2, 6)
        self.addresses: dict[tuple[Kernel, TileShape], int] = {}
        self.count = 0
        self.lock = threading.Lock()

    def link(self, module: Any) -> None:
        """Compiles a module and adds its functions to the process."""
        parsed = llvm.parse_assembly(str(module))
        self.engine.add_module(parsed)
        self.engine.finalize_object()


Made = TypeVar("Made")


def once(make: Callable[[], Made]) -> Callable[[], Made]:
    """Returns a function that calls `make` the first time; when several threads call at once, in one of them."""
    lock, made = threading.RLock(), cache(make)

    @wraps(make)
    def found() -> Made:
        with lock:
            return made()

    return found


@once
def host() -> Compiler:
    """Returns the compiler, which the first call starts."""
    return Compiler()


def compiled(wanted: Iterable[tuple[Kernel, TileShape]]) -> dict[tuple[Kernel, TileShape], int]:
    """Returns the addresses of all kernels so far; the wanted ones that are new are compiled first, in one module."""
    compiler = host()
    with compiler.lock:
        new = {}
        for key in wanted:
            if key not in compiler.addresses and key not in new:
                compiler.count += 1
                new[key] = f"{name(key[0])}.{compiler.count}"
        if new:
            compiler.link(assembly(new))
            for key, title in new.items():
                compiler.addresses[key] = compiler.engine.get_function_address(title)
    return compiler.addresses


@once
def driver() -> Any:
    """Returns the function run(number of jobs, address of the first), which does jobs one after another.

    A job is ten numbers, see Routine._take_threads. From the first sample to the end it takes a few tiles at a time: it writes
    their first sample, and how many there are, into the context, and calls every kernel with its table. ctypes releases the
    GIL for the call.
    """
    module = ir.Module("driver")
    module.triple = llvm.get_process_triple()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [I64, I64.as_pointer()]), "chalkgrad_run")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    with Loop(b, function.args[0]) as job:
        fields = b.gep(function.args[1], [b.mul(job.index, I64(10))])
        calls, count, *memory, context, first, end, step, size = (b.load(b.gep(fields, [I64(i)])) for i in range(10))
        calls, context = (b.inttoptr(x, I64.as_pointer()) for x in (calls, context))
        pointers = [b.inttoptr(x, POINTER) for x in memory]
        with Loop(b, b.sdiv(b.add(b.sub(end, first), b.sub(step, I64(1))), step)) as part:
            start = b.add(first, b.mul(part.index, step))
            left = b.sub(end, start)
            samples = b.select(b.icmp_signed("<", left, step), left, step)
            b.store(start, context)
            b.store(b.sdiv(b.add(samples, b.sub(size, I64(1))), size), b.gep(context, [I64(3)]))
            with b.if_then(b.icmp_signed(">", count, I64(0))), Loop(b, count) as call:
                at = b.gep(calls, [b.mul(call.index, I64(3))])
                kernel, rows, table = (b.load(b.gep(at, [I64(i)])) for i in range(3))
                b.call(b.inttoptr(kernel, KERNEL.as_pointer()), [rows, b.inttoptr(table, INDEXES), *pointers, context])
    b.ret_void()
    compiler = host()
    with compiler.lock:
        compiler.link(module)
    return ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)(compiler.engine.get_function_address("chalkgrad_run"))
