const char *sl_x = "select name from sluice.dataset";
