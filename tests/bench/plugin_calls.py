"""Calls of a plugin: bench-plugins measures them without a server, and tells its lines itself."""
import subprocess

from programs import BIN, LONGEST


def run(options):
    rounds, slice_ms = (2, 5) if options.quick else (options.rounds, 250)
    subprocess.run([BIN / "bench-plugins", "--rounds", str(rounds), "--slice", str(slice_ms)], check=True,
                   timeout=LONGEST)
