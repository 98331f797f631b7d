"""The memo of runs: one that has nothing left to do is answered without reading a file.

It saves time and decides nothing: it stands only as long as all that the run could have read is
untouched and the store gives the same result for every key.
"""
