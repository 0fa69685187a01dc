package indicator

// tableW is family W, power imbalance. It is never written to.
var tableW = [countW]Indicator{
	{
		ID: "W-01", Version: 1,
		Name: L{"Age gap between adult and minor", "Kesenjangan usia dewasa dan anak"},
		Meaning: L{
			"The age bands of the two sides lie on different sides of the legal line, or further apart than the deployment allows.",
			"Rentang usia kedua pihak berada di sisi berbeda dari batas usia menurut hukum, atau lebih jauh daripada yang diizinkan penyelenggara.",
		},
		Explain: L{
			"One side appears to be an adult and the other a minor.",
			"Satu pihak tampaknya orang dewasa dan pihak lain masih berusia anak.",
		},
		Side: Speaker, Channels: Text | Metadata,
		Needs: NeedsAgeBand,
		Group: AgeGroup,
		Alone: Weak, AloneUp: Weak,
		HalfLife: HalfLifeSlow, Combine: CombineRelation,
		Forms:      []string{"grooming", "sextortion"},
		Lookalikes: []string{"family", "teachers"},
		Evidence:   []string{"RAZ23", "STR24", "LUX2"},
		Fairness: L{
			"Age bands are estimates and may be wrong.",
			"Rentang usia adalah perkiraan dan bisa keliru.",
		},
	},
	{
		ID: "W-02", Version: 1,
		Name: L{"Role used as leverage", "Peran dipakai untuk menekan"},
		Meaning: L{
			"A role such as coach, teacher, moderator, scout or staff is named in order to have something done.",
			"Peran seperti pelatih, guru, moderator, pencari bakat, atau staf disebut agar sesuatu dilakukan.",
		},
		Explain: L{
			"One side refers to its role to get the other to do something.",
			"Satu pihak memakai perannya agar pihak lain melakukan sesuatu.",
		},
		Side: Speaker, Channels: Text | Metadata,
		Group: TextGroup,
		Alone: Moderate, AloneUp: Strong,
		UpWhen: L{
			"The role turns out not to be true.",
			"Peran itu ternyata tidak benar.",
		},
		HalfLife: HalfLifeAct, Combine: CombinePressure,
		Forms:      []string{"grooming", "sextortion"},
		Lookalikes: []string{"educators", "staff"},
		Evidence:   []string{"LUX2", "LD23"},
	},
	{
		ID: "W-03", Version: 1,
		Name: L{"One side dominates", "Satu pihak mendominasi"},
		Meaning: L{
			"One side chooses the topics, asks most of the questions and gives most of the instructions.",
			"Satu pihak menentukan topik, paling banyak bertanya, dan paling banyak memberi perintah.",
		},
		Explain: L{
			"One side leads nearly the whole conversation.",
			"Satu pihak mengendalikan hampir seluruh percakapan.",
		},
		Side: Speaker, Channels: Text | Metadata,
		Group: TextGroup,
		Alone: Weak, AloneUp: Weak,
		HalfLife: HalfLifeAct, Combine: CombineRelation,
		Forms:      []string{"grooming"},
		Lookalikes: []string{"interviews", "teaching", "support-services"},
		Evidence:   []string{"CB14", "LD23", "MIL22"},
		Fairness: L{
			"Short answers may come from disability, shyness or a second language.",
			"Jawaban singkat bisa disebabkan disabilitas, rasa malu, atau bahasa kedua.",
		},
	},
	{
		ID: "W-04", Version: 1,
		Name: L{"Debt of reciprocity", "Utang budi"},
		Meaning: L{
			"Earlier gifts or help are brought up as something that must be returned.",
			"Hadiah atau bantuan sebelumnya diungkit sebagai sesuatu yang harus dibalas.",
		},
		Explain: L{
			"One side says that something is owed for earlier gifts or help.",
			"Satu pihak mengungkit hadiah atau bantuan sebelumnya dan menuntut balasan.",
		},
		Side: Speaker, Channels: Text,
		Group: TextGroup,
		Alone: Moderate, AloneUp: Strong,
		UpWhen: L{
			"A request follows, or had just been refused.",
			"Sesudahnya ada permintaan, atau baru saja ada permintaan yang ditolak.",
		},
		HalfLife: HalfLifeAct, Combine: CombinePressure,
		Forms:      []string{"grooming"},
		Lookalikes: []string{"bargaining-friends"},
		Evidence:   []string{"OLS07", "LD16"},
	},
	{
		ID: "W-05", Version: 1,
		Name: L{"Use of a disclosed vulnerability", "Memanfaatkan kerentanan yang diceritakan"},
		Meaning: L{
			"After the other person spoke of loneliness, self-harm or trouble at home, acts of closeness, exclusivity or secrecy follow. The disclosure itself is never evidence against the person who made it.",
			"Setelah seseorang bercerita tentang kesepian, melukai diri, atau masalah di rumah, muncul upaya mendekat, eksklusivitas, atau permintaan rahasia. Cerita itu sendiri tidak pernah menjadi bukti yang memberatkan orang yang bercerita.",
		},
		Explain: L{
			"After a personal difficulty was shared, the other side pressed for closeness or secrecy.",
			"Setelah kesulitan pribadi diceritakan, pihak lain mendesak untuk makin dekat atau merahasiakan.",
		},
		Side: Speaker, Channels: Text | Timing,
		Group: TextGroup,
		Alone: Moderate, AloneUp: Moderate,
		HalfLife: HalfLifeAct, Combine: CombineRapport,
		Forms:      []string{"grooming", "sextortion"},
		Lookalikes: []string{"supportive-friends", "counsellors"},
		Evidence:   []string{"WHI13", "IC3COM"},
		Fairness: L{
			"Support among friends begins in the same way; it must stay possible to speak about trouble.",
			"Dukungan antarteman dimulai dengan cara yang sama; bercerita tentang masalah harus tetap dimungkinkan.",
		},
	},
	{
		ID: "W-06", Version: 1,
		Name: L{"The other side withdraws", "Pihak lain mulai menarik diri"},
		Meaning: L{
			"The person who is asked answers less and less, apologises, hedges or shows unease, while the requests go on. It speaks for protecting that person and never against them.",
			"Orang yang diminta makin sedikit menjawab, meminta maaf, mengelak, atau tampak tidak nyaman, sementara permintaan terus datang. Ini alasan untuk melindungi orang itu dan tidak pernah memberatkannya.",
		},
		Explain: L{
			"The person who is asked seems uneasy and withdraws while the requests go on.",
			"Orang yang diminta tampak tidak nyaman dan menarik diri, sementara permintaan terus berlanjut.",
		},
		Side: Target, Channels: Text | Timing,
		Group: TextGroup,
		Alone: Weak, AloneUp: Moderate,
		UpWhen: L{
			"A refusal or unease was put into words, and the requests did not stop.",
			"Penolakan atau rasa tidak nyaman sudah diungkapkan, tetapi permintaan tidak berhenti.",
		},
		HalfLife: HalfLifeAct, Combine: CombineDistress,
		Forms:      []string{"grooming", "sextortion", "live_stream"},
		Lookalikes: []string{"low-interest"},
		Evidence:   []string{"LD23", "NONE"},
		Fairness: L{
			"Little interest, tiredness and neurodivergent ways of writing look the same.",
			"Kurang berminat, lelah, dan cara menulis neurodivergen tampak sama.",
		},
	},
}
