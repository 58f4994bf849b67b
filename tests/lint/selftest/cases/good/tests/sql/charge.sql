SELECT t.raises('x', 'SLINV late:', 'case late: it is refused');
SELECT t.ok(true, 'case done: it is done');
