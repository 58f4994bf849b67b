SELECT t.raises('x', 'SLINV late:', 'case late: it is refused');
