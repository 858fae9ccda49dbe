"""What is wrong with what was asked of the simulator."""


class CannotSimulate(ValueError):
    """One sentence with what, where and what to do. The command turns it into its failure and exit code."""
