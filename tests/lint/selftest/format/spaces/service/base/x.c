int sl_x( void ) { return 1; }
