const char *sl_x = "/root/secret";
