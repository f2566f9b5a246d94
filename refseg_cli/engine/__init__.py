"""The long-running work behind the commands: training, evaluation and what both measure."""
