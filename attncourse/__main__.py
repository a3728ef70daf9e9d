"""`python -m attncourse` is `attncourse`."""

from attncourse.cli import main

main()
