"""A web service as gunicorn runs it: the client is made before the workers are, and each of them uses it."""
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from conftest import BUILD

APP = """
import os
import rediscluster

rc = rediscluster.RedisCluster(startup_nodes={startup_nodes!r}, decode_responses=True)
rc.set("before", "the workers")  # connections there are

def app(environ, start_response):
    body = f"{{os.getpid()}} {{rc.incr('served')}} {{rc.get('before')}}".encode()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]
"""


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Service:
    def __init__(self, folder, cluster, *arguments):
        (folder / "app.py").write_text(APP.format(startup_nodes=cluster.options["startup_nodes"]))
        self.url = f"http://127.0.0.1:{free_port()}/"
        self.log = (folder / "log").open("w+")
        # By this interpreter, which has the package.
        command = [sys.executable, "-c", "from gunicorn.app.wsgiapp import run; run()", "--preload", "--chdir", folder, "--bind", self.url[7:-1], "--worker-tmp-dir", "/dev/shm", *arguments, "app:app"]
        self._master = subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(BUILD / "python")}, stdout=self.log, stderr=self.log)

    def ask(self):
        """(pid of the worker, count, text)."""
        with urllib.request.urlopen(self.url, timeout=5) as reply:
            pid, count, text = reply.read().decode().split(" ", 2)
            return int(pid), int(count), text

    def wait(self):
        for _ in range(200):
            try:
                return self.ask()
            except (urllib.error.URLError, ConnectionError):
                assert self._master.poll() is None, self.said()
                time.sleep(0.05)
        raise AssertionError(self.said())

    def said(self):
        self.log.seek(0)
        return self.log.read()

    def end(self):
        self._master.send_signal(signal.SIGTERM)
        code = self._master.wait(20)
        self.log.close()
        return code


@pytest.mark.parametrize("worker", [["--worker-class", "sync"], ["--worker-class", "gthread", "--threads", "4"]], ids=["sync", "threads"])
def test_workers_of_gunicorn_share_what_was_made_before_them(worker, rc, cluster, tmp_path):
    service = Service(tmp_path, cluster, "--workers", "2", *worker)
    try:
        service.wait()
        before = int(rc.get("served"))
        with ThreadPoolExecutor(4) as callers:
            answers = list(callers.map(lambda _: service.ask(), range(200)))
        assert {text for _, _, text in answers} == {"the workers"}
        assert sorted(count for _, count, _ in answers) == list(range(before + 1, before + 201)), "each request was counted once"
        workers = {pid for pid, _, _ in answers}
        assert len(workers) == 2
        # One that dies is replaced by another fork of the same parent.
        gone = workers.pop()
        os.kill(gone, signal.SIGKILL)
        deadline = time.monotonic() + 10
        while len(workers) < 2 and time.monotonic() < deadline:
            try:
                workers |= {service.ask()[0]} - {gone}
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.05)
        assert len(workers) == 2, service.said()
    finally:
        assert service.end() == 0
