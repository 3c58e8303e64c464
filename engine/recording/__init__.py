"""From the table to functions that make nodes: operators, the general case, operations of one's own, copies."""
