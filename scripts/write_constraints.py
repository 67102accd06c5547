"""Write the versions that are installed in an environment as a constraints file: ``ENVIRONMENT FILE``.

Only ``name==version`` is written: no addresses, no paths, and nothing that is installed from a checkout, so that the
file means the same wherever packages come from.
"""

import re
import subprocess
import sys
from pathlib import Path

HEAD = "# Versions that every test passed with; written by `make constraints`, used by the other targets of the Makefile.\n"


def main(environment: Path, target: Path) -> None:
    """Write the constraints of one environment."""
    done = subprocess.run(
        [
            environment / "bin" / "python",
            "-m",
            "pip",
            "freeze",
            "--exclude-editable",
            "--disable-pip-version-check",
        ],
        capture_output=True,
        text=True,
        check=True,
    )
    pins = [line for line in done.stdout.splitlines() if re.fullmatch(r"[A-Za-z0-9._-]+==[\w.!+-]+", line)]
    left_out = [line for line in done.stdout.splitlines() if line not in pins]
    if left_out:
        sys.exit(f"not pinned, because they are not of a registry: {left_out}")
    target.write_text(HEAD + "".join(f"{line}\n" for line in sorted(pins, key=str.lower)), encoding="utf-8")
    print(f"{target}: {len(pins)} versions")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
