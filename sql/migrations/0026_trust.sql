-- Trust files; a place held until their tables land here.
SELECT;
