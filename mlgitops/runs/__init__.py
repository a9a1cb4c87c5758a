"""Training runs as people ask for them: what became of each, and how they differ.

known     one run from what its stores hold
differ    several runs side by side
"""
