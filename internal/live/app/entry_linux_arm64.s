#include "textflag.h"

TEXT ·entry(SB), NOSPLIT|NOFRAME, $0-0
	MOVD	$64, R20 // the signal
	MOVD	$0, R21 // the mask
next:
	MOVD	R20, R0
	MOVD	$0, R1
	MOVD	$·action(SB), R2
	MOVD	$8, R3
	MOVD	$134, R8 // rt_sigaction
	SVC
	MOVD	·action(SB), R4
	CMP	$1, R4 // SIG_IGN
	BNE	other
	SUB	$1, R20, R5
	LSL	R5, R4, R4
	ORR	R4, R21
other:
	SUB	$1, R20
	CBNZ	R20, next
	MOVD	R21, ·ignored(SB)
	B	_rt0_arm64_linux(SB)
