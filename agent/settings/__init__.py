"""The YAML files as types; complaints with file:line:column, what was expected and the nearest right word."""
