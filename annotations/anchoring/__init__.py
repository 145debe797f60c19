"""Where a note's words are once the text has changed, and how sure that is.

A quote is where its words went, if enough of them did: through a word diff of each paragraph that
keeps its key, then, where words were taken out here and the same put in there, to wherever that
is. Only where that fails are words looked for that are much like it, among those that were put
in: what stood there before is somebody else's. Context and nearness choose only among places whose
own words are enough like the quote's.
"""

from annotations.anchoring.following import Following, Placement, locate
from annotations.anchoring.passages import Passage
from annotations.anchoring.quotes import Selector

__all__ = ["Following", "Passage", "Placement", "Selector", "locate"]
