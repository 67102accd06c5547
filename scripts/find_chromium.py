"""Find a Chromium for the browser tests, and install one where there is none.

Prints the path. With ``--install``: apt where that is possible (root on Debian or Ubuntu), else
Playwright's own download. The environment variable ``CHROMIUM`` overrides the search.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find() -> str | None:
    """Return the path of a Chromium or Chrome on this machine, or None."""
    named = os.environ.get("CHROMIUM")
    if named:
        return named if Path(named).exists() else None
    for name in NAMES:
        path = shutil.which(name)
        if path:
            return path
    return _of_playwright()


def _of_playwright() -> str | None:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return None
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> None:
    """Install a Chromium, saying how."""
    if shutil.which("apt-get") and os.geteuid() == 0:
        print("No Chromium found: installing Debian's package with apt ...", flush=True)
        quiet = {"stdout": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update", "-qq"], check=True, **quiet)
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        done = subprocess.run(
            ["apt-get", "install", "-y", "-qq", "chromium"], check=False, env=environment, **quiet
        )
        if done.returncode == 0:
            return
        print("apt could not install it.", flush=True)
    print("No Chromium found: downloading Playwright's ...", flush=True)
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


def main() -> None:
    """Print the path, after installing where asked to."""
    path = find()
    if path is None and "--install" in sys.argv:
        install()
        path = find()
    if path is None:
        sys.exit("There is no Chromium. Install one, or set CHROMIUM to its path.")
    print(f"Chromium for the browser tests: {path}")


if __name__ == "__main__":
    main()
