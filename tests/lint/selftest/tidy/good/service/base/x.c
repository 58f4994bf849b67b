int sl_x(const int *p);

int
sl_x(const int *p)
{
	return p == 0 ? 0 : *p;
}
