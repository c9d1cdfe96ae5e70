"""Code that type checkers check and nobody runs, and what help() shows."""
