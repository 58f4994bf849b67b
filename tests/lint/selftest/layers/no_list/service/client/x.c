int sl_x;
