"""What `refseg report` shows of runs: scores, curves, pictures, the paper's row, and what sets two apart."""
