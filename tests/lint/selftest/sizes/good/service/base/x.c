static const int sl_table[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

int
sl_x(void)
{
	return sl_table[0]; /* a "{" in a comment */
}
