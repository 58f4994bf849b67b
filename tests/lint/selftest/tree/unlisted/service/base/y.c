int sl_y;
