"""`observer backtest`: when rules would have fired."""
