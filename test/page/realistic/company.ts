/** An account's permission sets, with the suffix of each role and who is assigned: groups by name, users by name. */
type Provisioned = Readonly<
  Record<string, { readonly suffix: string; readonly assigned: readonly string[] }>
>;

/** A company as its Identity Center has it. */
export interface Company {
  /** The members of each group. */
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly accounts: readonly {
    readonly id: string;
    readonly name: string;
    readonly ou: string;
    /** False if who is assigned couldn't be read. */
    readonly assignmentsRead?: boolean;
    readonly sets: Provisioned;
  }[];
  readonly capturedAt: string;
}

export const PROD = '111122223333';

/** Thirty people. */
const GROUPS = {
  Platform: ['hanna.berg', 'tomas.varga', 'ines.moreau'],
  SRE: ['rahul.iyer', 'kerstin.olsen', 'david.okafor', 'mei.tanaka'],
  Payments: ['nadia.haddad', 'paul.fischer', 'aoife.byrne', 'sergio.costa', 'lucy.chen'],
  Shop: ['emil.novak', 'grace.adeyemi', 'jonas.weber', 'sofia.ricci', 'ben.carter'],
  Contractors: ['viktor.petrov', 'anna.kowalska'],
  Data: ['omar.farouk', 'julia.lang', 'pedro.alves'],
  Security: ['ruth.klein', 'ivan.horvat'],
  Support: ['clara.dubois', 'sam.hughes', 'lea.schmid'],
  QA: ['noor.jansen', 'adam.wright'],
  'Team leads': ['oskar.lind', 'nadia.haddad', 'emil.novak', 'omar.farouk'],
} as const;

/** This month. */
export const COMPANY: Company = {
  groups: GROUPS,
  accounts: [
    {
      id: PROD,
      name: 'larkfield-prod',
      ou: 'Workloads/Prod',
      sets: {
        ClusterAdmin: { suffix: '9f2c41d07be3a586', assigned: ['Platform'] },
        ClusterOperator: { suffix: '03ad5be8c7f14692', assigned: ['SRE'] },
        PaymentsDeveloper: { suffix: 'b71e6a20d9c8f534', assigned: ['Payments'] },
        ShopDeveloper: { suffix: '58c0f3a9e14d7b26', assigned: ['Shop', 'Contractors'] },
        DataEngineer: { suffix: 'e6719b3f0c52d8a4', assigned: ['Data'] },
        SecurityAudit: { suffix: '2d84c6e5f9017ab3', assigned: ['Security'] },
        SupportViewer: { suffix: 'c95a07e1b86d3f42', assigned: ['Support', 'oskar.lind'] },
        ReadOnly: { suffix: '7e10d4b5832fc96a', assigned: ['QA', 'Team leads'] },
      },
    },
    {
      id: '222233334444',
      name: 'larkfield-staging',
      ou: 'Workloads/Staging',
      sets: {
        ClusterAdmin: { suffix: '4b8e92c7d05f136a', assigned: ['Platform', 'SRE'] },
        ShopDeveloper: { suffix: 'a3f70e5d19c48b62', assigned: ['Shop', 'Contractors', 'QA'] },
        PaymentsDeveloper: { suffix: '6c2d9f18e7b0a345', assigned: ['Payments', 'QA'] },
      },
    },
    {
      id: '444455556666',
      name: 'larkfield-management',
      ou: '',
      assignmentsRead: false,
      sets: { ReadOnly: { suffix: 'f05b83a6c2e9d147', assigned: [] } },
    },
  ],
  capturedAt: '2026-11-25T05:17:00.000Z',
};

/**
 * A month earlier: lucy.chen and anna.kowalska hadn't joined, and mark.ellis hadn't left. Identity Center hadn't
 * re-created two roles: SupportViewer, which aws-auth follows, and DataEngineer, which it doesn't.
 */
export const COMPANY_A_MONTH_AGO: Company = {
  ...COMPANY,
  groups: {
    ...GROUPS,
    Payments: GROUPS.Payments.filter((name) => name !== 'lucy.chen'),
    Contractors: GROUPS.Contractors.filter((name) => name !== 'anna.kowalska'),
    SRE: [...GROUPS.SRE, 'mark.ellis'],
  },
  accounts: COMPANY.accounts.map((account) =>
    account.id === PROD
      ? {
          ...account,
          sets: {
            ...account.sets,
            SupportViewer: { suffix: '1f6e8d2b90a7c354', assigned: ['Support', 'oskar.lind'] },
            DataEngineer: { suffix: '80d3c5f7a2691be4', assigned: ['Data'] },
          },
        }
      : account,
  ),
  capturedAt: '2026-10-25T05:17:00.000Z',
};
