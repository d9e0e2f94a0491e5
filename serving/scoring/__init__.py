"""Files of rows to files of judgements: scorers that turn rows into judgements, and the local runner around them."""
