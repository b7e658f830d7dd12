"""A real Jupyter server for tests: JupyterLab and Notebook 7 from one process, which sees no file of the user's."""

import importlib.util
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

KERNEL = "graphgrad-tests"

_SETTINGS = {
    "ServerApp.open_browser": "False",
    "ServerApp.ip": "127.0.0.1",
    "ServerApp.port": "0",
    "ServerApp.allow_root": "True",
    "LabApp.expose_app_in_browser": "True",  # window.jupyterapp
    "JupyterNotebookApp.expose_app_in_browser": "True",
    "LabApp.extension_manager": "readonly",
    "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
    "LabApp.news_url": "None",
}


@dataclass(frozen=True)
class Server:
    """A server that runs.

    Attributes:
        url: where, with a slash at its end.
        token: what it asks for.
        root: the folder of its notebooks.
        folders: the environment with the folders of Jupyter, which belong to this server alone.
    """

    url: str
    token: str
    root: Path
    folders: dict[str, str]

    def lab(self, name: str) -> str:
        """The address of a notebook in JupyterLab."""
        return f"{self.url}lab/tree/{name}?token={self.token}&reset"

    def notebook(self, name: str) -> str:
        """The address of a notebook in Notebook 7."""
        return f"{self.url}notebooks/{name}?token={self.token}"


def needs_jupyter() -> None:
    """Skip a test where Jupyter is not installed; on continuous integration, where it must be, fail."""
    packages = ("jupyterlab", "notebook", "ipykernel", "anywidget", "nbconvert")
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    if missing:
        (pytest.fail if os.environ.get("CI") else pytest.skip)(f"not installed: {', '.join(missing)}")


def folders(folder: Path) -> dict[str, str]:
    """An environment whose Jupyter reads and writes in `folder`, with this Python as its kernel."""
    kernel = folder / "data/kernels" / KERNEL
    kernel.mkdir(parents=True)
    argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    news = folder / "settings/@jupyterlab/apputils-extension/notification.jupyterlab-settings"
    news.parent.mkdir(parents=True)
    news.write_text('{"fetchNews": "false"}', encoding="utf-8")
    spec = {"argv": argv, "display_name": "graphgrad", "language": "python", "metadata": {"debugger": False}}
    (kernel / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    return {
        **kept,
        "JUPYTER_CONFIG_DIR": str(folder / "config"),
        "JUPYTER_DATA_DIR": str(folder / "data"),
        "JUPYTER_RUNTIME_DIR": str(folder / "runtime"),
        "JUPYTERLAB_SETTINGS_DIR": str(folder / "settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(folder / "workspaces"),
        "IPYTHONDIR": str(folder / "ipython"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


@contextmanager
def jupyter(folder: Path, seconds: float = 60) -> Iterator[Server]:
    """A server on a free port; it ends with the block, whatever happens, and its kernels with it."""
    environment = folders(folder)
    root, token, log = folder / "root", secrets.token_hex(16), folder / "server.log"
    root.mkdir()
    settings = {**_SETTINGS, "ServerApp.root_dir": str(root), "IdentityProvider.token": token}
    command = [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in settings.items())]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, cwd=root, env=environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        yield Server(_url(process, folder / "runtime", log, time.monotonic() + seconds), token, root, environment)
    finally:
        _end(process)


def _url(process: subprocess.Popen[bytes], runtime: Path, log: Path, deadline: float) -> str:
    """What the server writes down once it listens."""
    said = runtime / f"jpserver-{process.pid}.json"
    while time.monotonic() < deadline and process.poll() is None:
        if said.exists() and (text := said.read_text(encoding="utf-8")).endswith("}"):
            return str(json.loads(text)["url"])
        with suppress(subprocess.TimeoutExpired):  # until it has ended, or is worth another look
            process.wait(timeout=0.05)
    raise RuntimeError(
        f"the Jupyter server did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-4000:]}"
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the server and what it started. Kernels see that their server is gone, and go too."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, sign)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            return
