"""What the operator sees: the log, the numbers of `/metrics`, and the redaction that keeps secrets out of both."""
