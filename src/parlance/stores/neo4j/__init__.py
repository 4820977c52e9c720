"""Graphs of bases in a Neo4j: a projection of what SQL has, for tools that look at graphs (decision 0035)."""
