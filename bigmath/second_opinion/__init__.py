"""A second opinion: the question a filter answers by rule, put to a model as yes or no. Optional, off by default."""
