int sl_x(int *p);

int
sl_x(int *p)
{
	if (p == 0)
		return *p;
	return 1;
}
