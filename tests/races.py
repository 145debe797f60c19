"""Two at once, or twenty, for tests of races."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from threading import Barrier
from typing import Any

from django.db import connection, connections


def at_once(*calls: Callable[[], object]) -> list[object]:
    """What these return, called in as many threads at the same moment."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        barrier.wait()
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def race(work: Callable[[Any], object], given: Sequence[Any]) -> list[Any]:
    """What `work` returns for each of these, all at the same moment: in threads or, on SQLite,
    where the threads of one process share its locks, in as many processes. There `work` and what
    it is given are sent to them."""
    if connection.vendor != "sqlite":
        return at_once(*(partial(work, each) for each in given))
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.racer"])
    name, barrier = connection.settings_dict["NAME"], context.Barrier(len(given))
    connections.close_all()
    pipes = [context.Pipe(duplex=False) for _each in given]
    processes = [
        context.Process(target=run, args=(name, barrier, sender, work, each))
        for (_receiver, sender), each in zip(pipes, given, strict=True)
    ]
    for process in processes:
        process.start()
    for _receiver, sender in pipes:
        sender.close()
    results = [_received(receiver) for receiver, _sender in pipes]
    for process in processes:
        process.join()
    return results


def run(name: str, barrier: Barrier, sender: Connection, work: Any, given: Any) -> None:
    """In a process of its own."""
    connection.settings_dict["NAME"] = name
    connection.ensure_connection()
    barrier.wait()
    try:
        sender.send(work(given))
    except Exception as failed:
        sender.send(failed)
    finally:
        connections.close_all()


def _received(receiver: Connection) -> Any:
    result = receiver.recv()
    if isinstance(result, Exception):
        raise result
    return result
