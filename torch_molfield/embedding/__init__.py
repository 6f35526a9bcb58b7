"""From a molecular graph to coordinates: RDKit's embedding and force fields, and GFN2-xTB, without torch."""
