/* strcpy(to, from) is only spoken of */
int
sl_x(struct sl_x *x)
{
	return x->random() + sl_system("strcpy()");
}
