import contextlib
import errno
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import uvicorn
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from reader.actions import issue_claim

GRACE_SECONDS = 5


class Command(BaseCommand):
    help = "Server, worker and clock together, for one machine."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check-port", action="store_true", help="only ask whether it is free")

    def handle(self, *args: Any, **options: Any) -> None:
        with _listen(settings.CATENA_HOST, settings.CATENA_PORT) as listening:
            if options["check_port"]:
                return
            self._say_how_to_claim()
            connections.close_all()
            self.stdout.write(f"Catena is at {settings.CATENA_URL} (Ctrl+C stops it)")
            self.stdout.flush()
            _run_together(listening)

    def _say_how_to_claim(self) -> None:
        token = issue_claim()
        if token:
            address = f"{settings.CATENA_URL}/claim/{token}/"
            self.stdout.write(f"This site has no owner yet. To become it, open {address}")


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as failed:
        raise CommandError(f"CATENA_HOST is {host!r}, which is no address here.") from failed
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
    except OSError as failed:
        listening.close()
        if failed.errno == errno.EADDRINUSE:
            sentence = "is taken: stop what runs there, or choose another with CATENA_PORT=8001"
        else:
            sentence = f"can't be opened on {host} ({failed.strerror}): choose another"
        raise CommandError(f"Port {port} {sentence}.") from failed
    return listening


def _run_together(listening: socket.socket) -> None:
    """Serve here and work in a child process until told to stop or one of them ends."""
    server = uvicorn.Server(
        uvicorn.Config(
            "config.asgi:application",
            # Addresses can hold invitation tokens, so no access log is written.
            access_log=False,
            log_level="warning",
            server_header=False,
            forwarded_allow_ips=settings.CATENA_PROXIES,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )

    def stop(*_: object) -> None:
        server.should_exit = True

    # uvicorn raises the signal that stopped it once more when it has ended.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, stop)
    with _worker() as worker:
        threading.Thread(target=_follow, args=[worker, server], daemon=True).start()
        server.run(sockets=[listening])
        if worker.poll() is not None:
            raise CommandError("The worker ended, so the server stopped too.")


def _follow(worker: "subprocess.Popen[bytes]", server: uvicorn.Server) -> None:
    worker.wait()
    server.should_exit = True


@contextlib.contextmanager
def _worker() -> Iterator["subprocess.Popen[bytes]"]:
    """A worker that lives as long as we hold its standard input open, even if we are killed."""
    worker = subprocess.Popen(  # noqa: S603  our own command line
        [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--until-stdin-closes"],
        stdin=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        yield worker
    finally:
        assert worker.stdin is not None  # noqa: S101  it is a pipe
        worker.stdin.close()
        try:
            worker.wait(timeout=2 * GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()
