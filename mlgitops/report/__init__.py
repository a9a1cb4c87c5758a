"""Findings and plans as text, json, sarif, github and markdown. Pure: values in, text out."""
