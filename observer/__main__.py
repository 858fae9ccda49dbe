"""`python -m observer`."""

from observer.main import main

main()
