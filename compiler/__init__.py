"""From the text of a pipeline file to a plan: everything a target may see is made here."""
