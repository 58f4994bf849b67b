int
sl_x(int a, int b, int c, int d, int e, int (*f)(int, int),
    int g, int h)
{
	return a;
}
