int
sl_x(void)
{
	int a[2] = {1, 2};

	return a[2];
}
