"""This process's compiler: kernels as machine code, each compiled once for all programs."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import cache, wraps
from typing import Any, TypeVar

import llvmlite.binding as llvm
from chalkgrad.engine.kernels import INDEXES, KERNEL, POINTER, Frame, Kernel, Shape, name
from chalkgrad.engine.vectors import I64, counted
from llvmlite import ir


def assembly(functions: Mapping[tuple[Kernel, Shape], str]) -> Any:
    """A module with these kernels, by their names."""
    module = ir.Module("chalkgrad")
    module.triple = llvm.get_process_triple()
    for (kernel, shape), title in functions.items():
        frame = Frame(ir.Function(module, KERNEL, title), shape)
        kernel.write(frame)
        frame.b.ret_void()
    return module


class Machine:
    """This process's compiler: the processor's vectors, and the kernels compiled so far."""

    def __init__(self) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        features = llvm.get_host_cpu_features()
        target = llvm.Target.from_triple(llvm.get_process_triple())
        self.target = target.create_target_machine(cpu=llvm.get_host_cpu_name(), features=features.flatten(), opt=2, jit=True)
        self.engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), self.target)
        # As many vectors in flight as there are registers for: with AVX-512, 16 sums, 4 inputs and a weight out of 32.
        wide, medium = (features.get(feature, False) for feature in ("avx512f", "avx"))
        self.shape = Shape(8, 4, 4) if wide else Shape(4, 4, 2) if medium else Shape(2, 4, 4)
        self.addresses: dict[tuple[Kernel, Shape], int] = {}
        self.count = 0
        self.lock = threading.Lock()

    def link(self, module: Any) -> None:
        """Compiles a module."""
        parsed = llvm.parse_assembly(str(module))
        self.engine.add_module(parsed)
        self.engine.finalize_object()


Made = TypeVar("Made")


def once(make: Callable[[], Made]) -> Callable[[], Made]:
    """What `make` returns, made at the first call; when several threads come first, by one of them."""
    lock, made = threading.RLock(), cache(make)

    @wraps(make)
    def found() -> Made:
        with lock:
            return made()

    return found


@once
def machine() -> Machine:
    """The compiler, started when first asked for."""
    return Machine()


def compiled(wanted: Iterable[tuple[Kernel, Shape]]) -> dict[tuple[Kernel, Shape], int]:
    """The addresses of kernels; those that are new are compiled, in one module."""
    compiler = machine()
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
    """The function that does jobs: run(number of jobs, address of the first), each nine numbers, see Routine._take_threads."""
    module = ir.Module("driver")
    module.triple = llvm.get_process_triple()
    function = ir.Function(module, ir.FunctionType(ir.VoidType(), [I64, I64.as_pointer()]), "chalkgrad_run")
    b = ir.IRBuilder(function.append_basic_block("entry"))
    with counted(b, function.args[0]) as job:
        fields = b.gep(function.args[1], [b.mul(job.index, I64(9))])
        groups, count, *memory, context, first, end, step = (b.load(b.gep(fields, [I64(i)])) for i in range(9))
        groups, context = (b.inttoptr(x, I64.as_pointer()) for x in (groups, context))
        pointers = [b.inttoptr(x, POINTER) for x in memory]
        tiles = b.sdiv(b.add(b.sub(end, first), b.sub(step, I64(1))), step)
        with counted(b, tiles) as tile:
            b.store(b.add(first, b.mul(tile.index, step)), context)
            with b.if_then(b.icmp_signed(">", count, I64(0))), counted(b, count) as group:
                at = b.gep(groups, [b.mul(group.index, I64(3))])
                kernel, rows, table = (b.load(b.gep(at, [I64(i)])) for i in range(3))
                b.call(b.inttoptr(kernel, KERNEL.as_pointer()), [rows, b.inttoptr(table, INDEXES), *pointers, context])
    b.ret_void()
    compiler = machine()
    with compiler.lock:
        compiler.link(module)
    return ctypes.CFUNCTYPE(None, ctypes.c_int64, ctypes.c_int64)(compiler.engine.get_function_address("chalkgrad_run"))
