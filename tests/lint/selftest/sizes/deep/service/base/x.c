int
sl_x(int a)
{
	if (a) {
		if (a) {
			if (a) {
				if (a) {
					if (a) {
						if (a) {
							a++;
						}
					}
				}
			}
		}
	}
	return a;
}
