"""Named fault points, the catalogue behind them and the null implementations."""
