"""The memo of runs that had nothing to do: the same run again is answered without reading a file.

It saves time and decides nothing: it stands only as long as all that the run could have read is
untouched and the store gives the same result for every key.
"""
