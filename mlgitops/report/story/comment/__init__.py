"""The sections of a comment, each with its briefer forms; `report.story.markdown` puts them together."""
